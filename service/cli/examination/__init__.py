"""What `tilegate doctor` looks at beside what holds rasters to their roots."""
