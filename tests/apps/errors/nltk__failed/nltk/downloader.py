import sys

print(f"[nltk_data] Error loading {sys.argv[-1]}: Package '{sys.argv[-1]}' not found in index")
sys.exit(1)
