"""What only a browser can tell: that pages can be used by everybody, and that work gets done."""
