"""Shares: who may see which bytes, and who pays."""
