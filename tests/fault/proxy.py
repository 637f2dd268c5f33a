"""A TCP proxy of many named links, each passing, cut, delaying or swallowing, as told on standard input.

Started as `proxy.py NAME=LISTEN:TARGET ...` (ports of 127.0.0.1); says "ready" once it listens. Commands, one a line:

    pass NAME        forwards
    cut NAME         closes what is open and refuses what comes
    hole NAME        stays connected and forwards nothing, until told otherwise: what was sent arrives then
    delay NAME MS    forwards each piece so much later
    trap NAME before|after WORD ID
                     forwards until a piece has both words in it: that one does not pass any more (before), or passes and
                     nothing comes back (after). Then says "sprung NAME", once
"""

import asyncio
import sys


class Link:
    def __init__(self, name, target):
        self.name, self.target, self.refusing, self.delay_s, self.pairs, self.trap = name, target, False, 0.0, set(), None
        self.open = asyncio.Event()
        self.open.set()

    def set(self, mode, *more):
        self.refusing, self.delay_s = mode == "cut", int(more[0]) / 1000 if mode == "delay" else 0.0
        self.trap = (more[0], *(word.encode() for word in more[1:])) if mode == "trap" else None
        (self.open.clear if mode == "hole" else self.open.set)()
        if mode == "cut":
            for writer in list(self.pairs):
                writer.transport.abort()

    async def spring(self, piece, writer):
        when, self.trap = self.trap[0], None
        self.open.clear()
        if when == "after":
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.1)  # until it is done there
        print(f"sprung {self.name}", flush=True)

    async def pump(self, reader, writer):
        try:
            while piece := await reader.read(65536):
                if self.trap and all(word in piece for word in self.trap[1:]):
                    await self.spring(piece, writer)
                    break
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self.open.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def accept(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        self.pairs.add(writer)
        there = None
        try:
            far, there = await asyncio.open_connection("127.0.0.1", self.target)
            self.pairs.add(there)
            await asyncio.gather(self.pump(reader, there), self.pump(far, writer))
        except OSError:
            writer.transport.abort()
        finally:
            self.pairs -= {writer, there}


async def main(words):
    links = {}
    for word in words:
        name, ports = word.split("=")
        listen, target = (int(port) for port in ports.split(":"))
        links[name] = Link(name, target)
        await asyncio.start_server(links[name].accept, "127.0.0.1", listen)
    print("ready", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        mode, name, *more = line.decode().split()
        links[name].set(mode, *more)


asyncio.run(main(sys.argv[1:]))
