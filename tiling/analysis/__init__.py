"""Values: statistics, points, crops, legends."""
