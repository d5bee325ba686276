"""Workbooks of invented offices whose *layouts* differ from the reference ones, with their answers (see `other_styles`).

Two layouts of the answers go beyond the specification: in a `transposed` table a row is a column of the sheet (A = 1), and
cards stacked in one sheet are told by the row that each begins on. `agenda` rows hold a record for each filled cell.
"""
