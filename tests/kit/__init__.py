"""What tests make for themselves: mirrors, wheels, containers, hostile surroundings."""
