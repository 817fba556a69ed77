from shop import app as application

print "the shop is open"
