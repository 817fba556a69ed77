"""An API as apps have them: a path and a query, checked, and an answer that is checked too."""

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    number: int
    name: str
    tags: list[str]


@app.get("/items/{number}")
async def item(number: int, name: str = "thing") -> Item:
    return Item(number=number, name=name, tags=["a", "b"])
