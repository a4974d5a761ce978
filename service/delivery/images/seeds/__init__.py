"""Seeds: tiles of an item rendered ahead into archives in the data folder, and served from there."""
