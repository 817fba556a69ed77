print(__file__.rpartition("/app/")[2])
