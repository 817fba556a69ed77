"""Runs beside the app, and says what time it is."""

import time

while True:
    print(time.strftime("It is %H:%M"), flush=True)
    time.sleep(60)
