"""The ground floor: what every page, list and workbook of the house is made of. Knows no app."""
