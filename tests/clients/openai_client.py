"""OpenAI's client for Python, used as openai-client.js is."""

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from openai import AsyncOpenAI, OpenAI

base_url, task, *sayings = sys.argv[1:]

client = OpenAI(base_url=base_url, max_retries=0)


def request(said):
    return {"model": os.environ["MODEL"], "messages": [{"role": "user", "content": said}]}


def calls(found):
    return [[it.function.name, json.loads(it.function.arguments)] for it in found or []]


def message(completion):
    message = completion.choices[0].message
    return {"text": message.content or "", "calls": calls(message.tool_calls)}


def add(came, chunk):
    for choice in chunk.choices:
        came["text"] += choice.delta.content or ""
        came["calls"] += calls(choice.delta.tool_calls)


def iterated(said):
    came = {"text": "", "calls": []}
    for chunk in client.chat.completions.create(**request(said), stream=True):
        add(came, chunk)
    return came


def gathered(said):
    with client.chat.completions.stream(**request(said)) as stream:
        return message(stream.get_final_completion())


def whole(said):
    return message(client.chat.completions.create(**request(said)))


def awaited(said):
    async def iterate():
        came = {"text": "", "calls": []}
        async with AsyncOpenAI(base_url=base_url, max_retries=0) as client:
            async for chunk in await client.chat.completions.create(**request(said), stream=True):
                add(came, chunk)
        return came

    return asyncio.run(iterate())


def leave_iterated(said):
    with client.chat.completions.create(**request(said), stream=True) as stream:
        next(iter(stream))


def leave_gathered(said):
    with client.chat.completions.stream(**request(said)) as stream:
        next(iter(stream))


def leave_awaited(said):
    async def leave():
        async with AsyncOpenAI(base_url=base_url, max_retries=0) as client:
            async with await client.chat.completions.create(**request(said), stream=True) as stream:
                await anext(aiter(stream))

    asyncio.run(leave())


ASKING = {"iterated": iterated, "gathered": gathered, "whole": whole, "awaited": awaited}
LEAVING = {"iterated": leave_iterated, "gathered": leave_gathered, "awaited": leave_awaited}


def come(said, way, ask):
    try:
        came = ask(f"{said}, {way}" if task == "leave" else said) or {}
    except Exception as error:  # whatever it raises is what its user sees
        status, code = getattr(error, "status_code", None), getattr(error, "code", None)
        came = {"error": {"status": status, "code": code, "message": str(error)}}
    return json.dumps({"said": said, "way": way, **came})


with ThreadPoolExecutor() as pool:
    for said in sayings:
        ways = {"ask": ASKING, "leave": LEAVING}[task].items()
        for line in pool.map(lambda way: come(said, *way), ways):
            print(line, flush=True)
