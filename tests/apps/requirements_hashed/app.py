import alpha
import gamma

print("alpha", alpha.__version__, "gamma", gamma.__version__)
