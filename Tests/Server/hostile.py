"""Speaks with a server as daemons should not, by an implementation of WebSocket that is not makima's own.

Usage: hostile.py ACCESS      ACCESS is the line that `makima-server-bench serve` prints
"""

import asyncio
import json
import os
import sys
import time

import websockets
from websockets.asyncio.client import connect

ACCESS = json.loads(sys.argv[1])
URI = f"ws://127.0.0.1:{ACCESS['port']}/api/v1/daemons/connect"
FAILED = []


def hello(**changes):
    message = {
        "type": "hello", "version": 1, "lowestVersion": 1, "daemonId": "anna", "daemonName": "anna", "outboxId": "o1",
        "lastNumber": 0, "makimaVersion": "1", "platform": "linux-x86_64", "at": 1, "future": {"field": [1, None]},
        "capacity": {"slots": 1, "freeSlots": 1},
    }
    return json.dumps({**message, **changes})


def open_connection(token=None, **options):
    token = ACCESS["daemon"] if token is None else token
    return connect(URI, additional_headers={"Authorization": f"Bearer {token}"}, **options)


async def end(connection):
    """The types of the messages up to the end, and the code of the close frame."""
    seen = []
    try:
        while True:
            seen.append(json.loads(await asyncio.wait_for(connection.recv(), 20)))
    except websockets.ConnectionClosed as closed:
        return seen, closed.rcvd.code if closed.rcvd else None


def expect(what, holds, found=""):
    print(f"{'ok    ' if holds else 'FAILED'} {what} {'' if holds else found}")
    if not holds:
        FAILED.append(what)


async def welcome():
    async with open_connection() as connection:
        await connection.send(hello())
        answer = json.loads(await connection.recv())
        expect("a daemon of another make is welcome", answer["type"] == "welcome", answer)
        await connection.send(json.dumps({
            "type": "heartbeat", "session": answer["session"], "beat": 3, "at": 1, "lastNumber": 0,
            "capacity": {"slots": 1, "freeSlots": 1}}))
        answer = json.loads(await connection.recv())
        expect("its heartbeat is answered", answer == {"type": "ack", "upTo": 0, "beat": 3}, answer)
        pong = await connection.ping(b"x")
        await asyncio.wait_for(pong, 5)
        expect("its ping is answered", True)


async def tokens():
    for token, status in (("x", 401), (ACCESS["admin"], 403), (ACCESS["viewer"], 403)):
        try:
            async with open_connection(token):
                expect("a wrong token opens nothing", False)
        except websockets.InvalidStatus as error:
            expect(f"a wrong token gets {status}", error.response.status_code == status, error.response.status_code)
    try:
        async with open_connection(origin="http://evil.example"):
            expect("a page opens nothing", False)
    except websockets.InvalidStatus as error:
        expect("a page opens nothing", error.response.status_code == 403)


async def first_messages():
    cases = [
        ("nothing", ""), ("no JSON", "{"), ("a list", "[]"), ("another message", '{"type":"ack","id":"x"}'),
        ("a number first", '{"type":"taskOutput","number":1}'), ("depth", "[" * 5000),
        ("a later version", hello(version=9, lowestVersion=9)), ("another's id", hello(daemonId="berta")),
        ("a key twice", hello()[:-1] + ',"daemonId":"anna"}'), ("a huge number", hello(lastNumber=1 << 70)),
        ("a fraction", hello(lastNumber=1.5)),
    ]
    for name, text in cases:
        async with open_connection() as connection:
            await connection.send(text)
            seen, code = await end(connection)
            expect(f"{name} as first message is refused", [m["type"] for m in seen] == ["refused"] and code in (1002, 1008),
                   (seen, code))
    async with open_connection() as connection:
        await connection.send(b"\x00\x01")
        _, code = await end(connection)
        expect("bytes are refused", code in (1002, 1008), code)


async def after_hello():
    cases = [
        ("garbage", "{{{", 1002), ("a gap", '{"type":"taskOutput","number":7}', 1008),
        ("a gap of an unknown type", '{"type":"tomorrow","number":9}', 1008),
    ]
    for name, text, expected in cases:
        async with open_connection() as connection:
            await connection.send(hello())
            await connection.recv()
            await connection.send(text)
            seen, code = await end(connection)
            expect(f"{name} closes the connection", code == expected and "refused" in [m["type"] for m in seen], (seen, code))
    async with open_connection() as connection:
        await connection.send(hello())
        await connection.recv()
        await connection.send(hello())
        answer = json.loads(await connection.recv())
        expect("a second hello is not expected", answer.get("code") == "not_expected", answer)
        await connection.send('{"type":"tomorrow","id":"x"}')
        answer = json.loads(await connection.recv())
        expect("an unknown type is answered", answer == {"type": "unknown", "of": "tomorrow", "id": "x"}, answer)


async def sizes():
    async with open_connection(max_size=None) as connection:
        await connection.send(hello())
        await connection.recv()
        try:
            await connection.send("x" * (3 << 20))
        except websockets.ConnectionClosed:
            pass
        _, code = await end(connection)
        expect("a message that is too large is 1009", code == 1009, code)
    async with open_connection() as connection:
        await connection.send(["x" * (600 << 10), "x" * (600 << 10)])
        _, code = await end(connection)
        expect("fragments that are too large together are 1009", code == 1009, code)
    async with open_connection() as connection:
        await connection.send(list(hello()))
        answer = json.loads(await connection.recv())
        expect("a hello in fragments of a character is welcome", answer["type"] == "welcome", answer)


async def flood():
    """A daemon that sends without reading is slowed down, and costs bounded memory."""
    async with open_connection(max_queue=1) as connection:
        await connection.send(hello(outboxId="flood"))
        text = '{"type":"tomorrow","id":"' + "x" * 100 + '"}'
        sent, began = 0, time.monotonic()
        try:
            while time.monotonic() - began < 5:
                await asyncio.wait_for(connection.send(text), 2)
                sent += 1
        except (asyncio.TimeoutError, websockets.ConnectionClosed):
            pass
        print(f"       {sent} messages were sent by a daemon that does not read")
        connection.transport.abort()


async def many():
    """Connections that say nothing go away by themselves or with their makers."""
    writers = []
    for _ in range(200):
        _, writer = await asyncio.open_connection("127.0.0.1", ACCESS["port"])
        writers.append(writer)
    for number, writer in enumerate(writers):
        writer.write(os.urandom(number))
    for writer in writers:
        writer.close()
    await welcome()


async def main():
    for step in (welcome, tokens, first_messages, after_hello, sizes, flood, many):
        await step()
    if FAILED:
        print(f"Error: {len(FAILED)} expectations do not hold.", file=sys.stderr)
    return len(FAILED)


sys.exit(1 if asyncio.run(main()) else 0)
