from fastapi import FastAPI

app = FastAPI(title="small")


@app.get("/items/{number}")
def item(number: int) -> dict[str, int]:
    return {"number": number}
