"""What leaves the program: the compliance dashboard, its lists, workbooks (3.9, 5.2, 8.1)."""
