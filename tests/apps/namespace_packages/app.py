import space.far.place
import space.here.place
import space.near.place

print(space.here.place.NAME, space.near.place.NAME, space.far.place.NAME)
