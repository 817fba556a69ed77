"""JSON, a websocket, and an answer that comes in pieces."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, StreamingResponse

app = FastAPI(title="Hello from FastAPI")
PAGE = Path(__file__).parent / "page.html"


@app.get("/", include_in_schema=False)
def page() -> FileResponse:
    return FileResponse(PAGE)


@app.get("/items/{number}")
def item(number: int) -> dict[str, int]:
    return {"number": number, "square": number * number}


@app.websocket("/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.get("/count")
def count() -> StreamingResponse:
    return StreamingResponse(lines(), media_type="text/plain")


async def lines() -> AsyncIterator[str]:
    for number in range(1, 6):
        yield f"{number}\n"
        await asyncio.sleep(0.2)
