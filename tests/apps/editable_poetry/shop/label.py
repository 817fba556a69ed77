label = "kept beside the code"
