print(open("made_by_hook.txt").read(), end="")
