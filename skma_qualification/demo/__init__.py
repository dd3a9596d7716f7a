"""The demo academy: real names of units, invented people, three years and more of training."""
