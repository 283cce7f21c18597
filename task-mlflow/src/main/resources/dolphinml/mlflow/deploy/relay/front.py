# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The process that owns a deployment's port: relays requests, starts and ends model servers, answers tasks.

front.py DIRECTORY HOST PORT first|next PIPE: started detached by the first deployment of a name; it writes
"ready" or an error to the pipe. Runs until it is asked to stop; outlives tasks and workers. "next" means that it succeeds
a front of another release, see succession.
"""

import os
import pathlib
import sys
from typing import Callable, Dict, Iterable, Iterator, List, NoReturn, Optional, Sequence, Set, Tuple, Union

sys.path[0] = str(pathlib.Path(os.path.abspath(__file__)).parents[4])

import array  # noqa: E402
import asyncio  # noqa: E402
import concurrent.futures.thread  # noqa: E402, F401  (asyncio would import it later, when the environment may be gone)
import contextlib  # noqa: E402
import encodings.idna  # noqa: E402, F401
import functools  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import time  # noqa: E402

from dolphinml.common import processes  # noqa: E402
from dolphinml.mlflow.deploy.relay import control, metrics, succession  # noqa: E402
from dolphinml.mlflow.deploy.relay.backend import Backend  # noqa: E402
from dolphinml.mlflow.deploy.relay.control import Message  # noqa: E402
from dolphinml.mlflow.deploy.relay.generation import Generation  # noqa: E402
from dolphinml.mlflow.deploy.relay.listener import Listener  # noqa: E402
from dolphinml.mlflow.deploy.relay.relay import Relay  # noqa: E402
from dolphinml.mlflow.deploy.relay.stream import SocketAddress  # noqa: E402
from dolphinml.mlflow.deploy.state import record  # noqa: E402
from dolphinml.mlflow.deploy.state.record import Record  # noqa: E402

#: A host and a port.
Address = Tuple[str, int]

SECONDS_TO_END = 2.0
SECONDS_TO_END_AFTER_DRAIN = 10.0
SECONDS_TO_DRAIN_A_CANDIDATE = 60.0
SECONDS_BETWEEN_LOOKS = 0.1
LONGEST_PAUSE = 60.0
MOST_FILES = 65536


def log_event(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk must not end the service
        print("%s %s" % (time.strftime("%Y-%m-%d %H:%M:%S"), text), flush=True)


def bind(host: str, port: int) -> List[socket.socket]:
    """Binds sockets on every address of the host, without listening yet: clients are refused until there is a server."""
    bound = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # /etc/hosts may list a host twice.
        for family, kind, protocol, address in sorted({one[:3] + one[4:] for one in found}):
            listener = socket.socket(family, kind, protocol)
            bound.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # "::" means every address, including IPv4.
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
            listener.bind(address)
            listener.setblocking(False)
        return bound
    except OSError:
        close(bound)
        raise


def close(listeners: Iterable[Union[socket.socket, Listener]]) -> None:
    for listener in listeners:
        listener.close()


async def answers_ping(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 2)
    except (OSError, asyncio.TimeoutError):
        return False
    try:
        writer.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode("ascii"))
        status = await asyncio.wait_for(reader.readline(), 5)
        return status.split(b" ")[1:2] == [b"200"]
    except (OSError, asyncio.TimeoutError, ValueError):
        return False
    finally:
        writer.close()


class Front:
    """`current` is the generation that serves; `pending` are the candidates that have not taken over."""

    def __init__(self, directory: str, host: str, port: int, predecessor: Optional[succession.Predecessor] = None) -> None:
        self.directory = directory
        self.program = control.program()  # now: a later deployment may replace the files
        self.relay = Relay(os.path.basename(directory))
        self.current: Optional[Generation] = None
        self.pending: Dict[int, Tuple[Session, Address, List[socket.socket]]] = {}
        self.record: Optional[Record] = None
        self.sessions: Set[Session] = set()
        self.ending = False
        self.own_socket: Optional[Tuple[int, int]] = None  # (device, inode) of the control socket
        self._trials: Dict[int, Backend] = {}
        self._formers: List[int] = []  # process ids of earlier fronts that may still carry connections
        self.finished = asyncio.Event()
        self._predecessor = predecessor
        self._address = (host, port) if predecessor is None else predecessor.address
        self._bound = bind(host, port) if predecessor is None else []
        self._listeners: List[Listener] = []
        self._metrics = metrics.Metrics(self.relay, self._restarts)
        self._metrics_address: Optional[Address] = None
        self._metrics_listeners: List[Listener] = []
        self._holder: Optional[Session] = None  # the connection of the task that runs the service in the foreground

    def _restarts(self) -> int:
        return 0 if self.record is None else self.record.get("restarts", 0)

    # -- the public port

    def _listen(
        self, bound: List[socket.socket], serve: Optional[Callable[[socket.socket, SocketAddress], None]] = None
    ) -> List[Listener]:
        """Returns listeners on all of these sockets; if one fails, closes all sockets and raises."""
        started = []
        try:
            for one in bound:
                started.append(Listener(one, serve or self.relay.serve))
            return started
        except OSError:
            close([*started, *bound])
            raise

    @contextlib.contextmanager
    def _moved(self, address: Address, bound: List[socket.socket]) -> Iterator[None]:
        """Listens at the new address too; only there once the block completes, or only at the old address if it fails."""
        if self._listeners and address == self._address:
            yield
            return
        # The same port cannot be bound for two hosts at once.
        left = self._listeners if not bound else []
        if left:
            close(left)
            self._listeners = []
        started = []
        try:
            started = self._listen(bound or bind(*address))
            yield
        except BaseException:
            close(started)
            if left:
                self._listeners = self._listen(bind(*self._address))
            raise
        close(self._listeners)
        self._listeners, self._address = started, address

    @contextlib.contextmanager
    def _metrics_moved(self, address: Optional[Address], lent: Sequence[socket.socket] = ()) -> Iterator[None]:
        """Does the same for the metrics port; `address` is None if no metrics are configured."""
        if address == self._metrics_address:
            yield
            return
        started = self._listen(list(lent) or bind(*address), self._metrics.serve) if address is not None else []
        try:
            yield
        except BaseException:
            close(started)
            raise
        close(self._metrics_listeners)
        self._metrics_listeners, self._metrics_address = started, address

    # -- operations

    async def hello(self, session: "Session", message: Message) -> Message:
        current = self.current
        return {
            "protocol": control.PROTOCOL,
            "program": self.program,
            "metrics": self._metrics_address,
            "pid": os.getpid(),
            "formers": self._living_formers(),
            "host": self._address[0],
            "port": self._address[1],
            "running": current is not None and current.running,
            "serverPort": current.port if current is not None else None,
            "record": self.record,
            "ending": self.ending,
        }

    async def start(self, session: "Session", message: Message) -> Message:
        self._refuse_at_the_end()
        address = (message["host"], message["port"])
        bound = bind(*address) if address[1] != self._address[1] else []
        generation = Generation(message["number"], message["specification"])
        self.pending[generation.number] = (session, address, bound)
        session.leased.append(generation)
        await generation.start()
        log_event("generation %d started, process %s, port %s" % (generation.number, generation.pid, generation.port))
        return {"generation": generation.number, "pid": generation.pid, "port": generation.port}

    async def state(self, session: "Session", message: Message) -> Message:
        generation = session.find(message["generation"])
        return {"running": generation.running, "exitCode": generation.exit_code}

    async def switch(self, session: "Session", message: Message) -> Message:
        """Makes the generation current. Steps that can fail come first, and a failure changes nothing."""
        generation = session.find(message["generation"])
        if not generation.running:
            raise ValueError("the model server has ended")
        self._refuse_at_the_end()
        description = dict(
            message["record"],
            pid=os.getpid(),
            serverPid=generation.pid,
            generation=generation.number,
            serverPort=generation.port,
            marker=generation.marker,
            since=record.now(),
        )
        record.prepare_record(self.directory, description)
        _, address, bound = self.pending[generation.number]
        old, former = self.current, self.relay.backend
        backend = self._trials.get(generation.number) or _backend(generation, message)
        metrics_address = _address_of(message.get("metrics"))
        if self._predecessor is not None:
            replaced = await self._succeed(generation, backend, address, bound, metrics_address, description, message, session)
        else:
            if not self._listeners and address == self._address:
                bound, self._bound = self._bound, []
            with self._metrics_moved(metrics_address), self._moved(address, bound):
                record.publish_record(self.directory)
                self._serve_with(generation, backend, description)
            replaced = old.number if old is not None else None
        self._trials.pop(generation.number, None)
        del self.pending[generation.number]
        session.leased.remove(generation)
        if self._holder is not None:
            self._holder.send({"event": "replaced", "by": self.record})
        self._holder = session if message.get("foreground") else None
        asyncio.ensure_future(self._watch(generation, message.get("restart", False)))
        if old is not None:
            asyncio.ensure_future(self._retire(old, former, message.get("drainSeconds", 60), session))
        log_event("generation %d serves" % generation.number)
        return {"replaced": replaced, "record": self.record}

    def _serve_with(self, generation: Generation, backend: Backend, description: Record) -> None:
        self.record = description
        self.current = generation
        self.relay.take_over(backend)

    async def canary(self, session: "Session", message: Message) -> Message:
        """Sends a share of the requests to a candidate generation; the current one gets the others."""
        generation = session.find(message["generation"])
        if self._predecessor is not None:
            raise ValueError("the front that serves is of another release; a deployment without a canary replaces it")
        if self.current is None:
            raise ValueError("nothing serves that it could be compared with")
        backend = self._trials.get(generation.number)
        if backend is None:
            backend = _backend(generation, message)
        self.relay.offer(backend, float(message["share"]))
        self._trials[generation.number] = backend
        log_event("generation %d gets %g %% of the requests" % (generation.number, 100 * self.relay.share))
        return {"candidate": generation.number}

    async def withdraw(self, session: "Session", message: Message) -> Message:
        self._withdraw(session.find(message["generation"]))
        return {"withdrawn": message["generation"]}

    def _withdraw(self, generation: Generation) -> Optional[Backend]:
        """Sends no more requests to a generation on trial; returns its backend, or None if it was not on trial."""
        backend = self._trials.get(generation.number)
        if backend is not None and backend is self.relay.candidate:
            self.relay.withdraw()
            log_event("generation %d gets no more requests" % generation.number)
        return backend

    async def statistics(self, session: "Session", message: Message) -> Message:
        return dict(self.relay.counts(), tasks=len(asyncio.all_tasks()), handles=len(os.listdir("/proc/self/fd")))

    async def lend(self, session: "Session", message: Message) -> None:
        """Lends the listening sockets to a successor of this front."""
        public, others = ([listener.socket for listener in each] for each in (self._listeners, self._metrics_listeners))
        session.hand_out({"public": len(public), "metrics": len(others)}, public + others, message)

    # -- following another front

    async def _succeed(
        self,
        generation: Generation,
        backend: Backend,
        address: Address,
        bound: List[socket.socket],
        metrics_address: Optional[Address],
        description: Record,
        message: Message,
        session: "Session",
    ) -> Optional[int]:
        """Takes over from the predecessor. Nothing changes until it leaves its port; after that no step can fail."""
        predecessor, loop = self._predecessor, asyncio.get_event_loop()
        assert predecessor is not None
        if not bound and address != predecessor.address:
            raise ValueError(
                "the front is of another release: let a deployment to host '%s' replace it before one to host '%s'"
                % (predecessor.address[0], address[0])
            )
        lent, lent_metrics = await loop.run_in_executor(None, predecessor.sockets)
        if bound:
            close(lent)
            lent = bound
        if metrics_address != predecessor.metrics_address:
            close(lent_metrics)
            lent_metrics = []
        drain_seconds = message.get("drainSeconds", 60)
        try:
            await loop.run_in_executor(None, predecessor.build_bridge, *address)
            with self._metrics_moved(metrics_address, lent_metrics):
                self._serve_with(generation, backend, description)
                if lent:
                    self._listeners = self._listen(lent)
                    await self._dismiss_predecessor(predecessor, message["record"], drain_seconds)
                else:
                    leave = functools.partial(predecessor.leave_for, lambda: bind(*address), message["record"], drain_seconds)
                    self._listeners = self._listen(await loop.run_in_executor(None, leave))
        except BaseException:
            self.current = self.record = self.relay.backend = None
            close(self._listeners or lent)
            self._listeners = []
            raise
        self._address, self._predecessor = address, None
        os.rename(control.NEXT_SOCKET_NAME, control.SOCKET_NAME)
        self._save_record(description)
        log_event("follows the front of process %d" % predecessor.pid)
        asyncio.ensure_future(self._await_end_of_predecessor(predecessor, session, drain_seconds))
        return predecessor.generation

    async def _dismiss_predecessor(self, predecessor: succession.Predecessor, known: Record, drain_seconds: float) -> None:
        try:
            await asyncio.get_event_loop().run_in_executor(None, predecessor.leave, known, drain_seconds)
        except (control.FrontGone, control.FrontRefused) as error:
            log_event("the front of process %d did not leave: %s" % (predecessor.pid, error))
            if _is_front_of(predecessor.pid, self.directory):
                os.kill(predecessor.pid, signal.SIGTERM)

    async def _await_end_of_predecessor(
        self, predecessor: succession.Predecessor, session: "Session", drain_seconds: float
    ) -> None:
        """Waits until the predecessor has ended, because it treats the deployment's files as its own."""
        self._formers, loop = predecessor.formers + [predecessor.pid], asyncio.get_event_loop()

        async def send() -> None:
            event = await loop.run_in_executor(None, predecessor.await_drained, drain_seconds + SECONDS_TO_END_AFTER_DRAIN)
            predecessor.close()
            if event is not None:
                session.send(dict(event, generation=predecessor.generation))

        telling = asyncio.ensure_future(send())
        while True:
            lives = _is_front_of(predecessor.pid, self.directory)
            self._restore_socket_name()
            known = record.read_record(self.directory)
            if self.record is not None and (known or {}).get("pid") == predecessor.pid:
                self._save_record(self.record)
            if not lives:
                break
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        await telling
        with contextlib.suppress(OSError):
            os.unlink("bridge.log")

    def _restore_socket_name(self) -> None:
        """Restores the name of the control socket, which a front of an older release removes when it ends."""
        if self.own_socket is not None and not _is_file(control.SOCKET_NAME, self.own_socket):
            with contextlib.suppress(OSError):
                os.link(control.OWN_SOCKET_NAME % os.getpid(), control.SOCKET_NAME)

    async def abandon(self, session: "Session", message: Message) -> Message:
        generation = session.find(message["generation"])
        await self._abandon_generation(session, generation, not message.get("keepFiles"))
        return {"exitCode": generation.exit_code}

    async def stop(self, session: "Session", message: Message) -> Message:
        """Stops the front; with `own`, only if this task runs the service in the foreground."""
        if not message.get("own"):
            record.remove_record(self.directory)
            await self.end(message.get("drainSeconds", 0))
        elif session is self._holder:
            record.remove_record(self.directory)
            await self._end_service(0)
        return {"stopped": True}

    def _refuse_at_the_end(self) -> None:
        if self.ending:
            raise ValueError("it is ending")

    # -- generations

    def _save_record(self, known: Record) -> None:
        """Writes the record of a change that has already happened; a failure to write does not undo the change."""
        try:
            record.write_record(self.directory, known)
        except OSError as error:
            log_event("the record cannot be written: %s" % error)

    async def _retire(self, generation: Generation, backend: Optional[Backend], seconds: float, session: "Session") -> None:
        began = time.monotonic()
        if backend is not None:
            backend.retire()
        drained = backend is None or await backend.drained(seconds)
        await generation.stop(SECONDS_TO_END_AFTER_DRAIN if drained else SECONDS_TO_END)
        log_event("generation %d ended after its last request" % generation.number)
        session.send(
            {
                "event": "drained",
                "generation": generation.number,
                "whole": drained,
                "seconds": round(time.monotonic() - began, 2),
            }
        )
        record.remove_files(self.directory, generation.specification.get("files"))

    async def _watch(self, generation: Generation, restart: bool) -> None:
        """Restarts the serving generation when it ends by itself, with growing delays if it keeps ending."""
        pause = 1.0
        while True:
            began = time.monotonic()
            await generation.ended.wait()
            if generation is not self.current or generation.stopping or self.ending:
                return
            log_event("generation %d ended by itself, exit code %s" % (generation.number, generation.exit_code))
            await generation.stop(SECONDS_TO_END)
            if generation is not self.current:
                return
            if self.relay.backend is not None:
                self.relay.backend.host = None
            if self._holder is not None:
                self._holder.send({"event": "died", "exitCode": generation.exit_code})
            if self._holder is not None or not restart:
                self._save_record(dict(self.record or {}, ended=record.now(), exitCode=generation.exit_code))
                await self._end_service(0)
                self._finish_without_work()
                return
            pause = 1.0 if time.monotonic() - began > 2 * LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)
            again = Generation(generation.number, generation.specification)
            if generation is not self.current:
                return
            generation = self.current = again
            await self._start_again(again)

    async def _start_again(self, generation: Generation) -> None:
        try:
            await generation.start()
        except OSError as error:
            log_event("cannot start again: %s" % error)
            generation.ended.set()
            return
        while generation.running and generation is self.current:
            ping = generation.specification.get("ping", "/ping")
            if await answers_ping(generation.port, ping) and generation is self.current:
                if self.relay.backend is not None:
                    self.relay.backend.port = generation.port
                    self.relay.backend.host = "127.0.0.1"
                known = self.record or {}
                self.record = dict(
                    known,
                    serverPid=generation.pid,
                    serverPort=generation.port,
                    marker=generation.marker,
                    restarts=known.get("restarts", 0) + 1,
                )
                self._save_record(self.record)
                log_event("generation %d serves again" % generation.number)
                return
            await asyncio.sleep(0.25)

    async def end(self, drain_seconds: float) -> None:
        """Ends every server and then the front itself. A front that only carried connections to its successor does not end
        the fronts before it: their connections lead to the successor too."""
        if not self.ending:
            self.ending = True
            if self.current is None or self.current.number != succession.NUMBER_OF_THE_BRIDGE:
                for pid in self._living_formers():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
            pending = [generation for number in list(self.pending) for generation in self._leased(number)]
            await asyncio.gather(self._end_service(drain_seconds), *[generation.stop(SECONDS_TO_END) for generation in pending])
            self.finished.set()
        await self.finished.wait()

    def _living_formers(self) -> List[int]:
        return [pid for pid in self._formers if _is_front_of(pid, self.directory)]

    async def _end_service(self, drain_seconds: float) -> None:
        """Ends the current server. Releases the port first so that a successor can take it over meanwhile."""
        current, backend = self.current, self.relay.backend
        self.current = self.record = self._holder = None
        close(self._listeners + self._metrics_listeners)
        self._listeners, self._metrics_listeners, self._metrics_address = [], [], None
        if backend is not None:
            await backend.drained(drain_seconds)
        if current is not None:
            await current.stop(SECONDS_TO_END)
            record.remove_files(self.directory, current.specification.get("files"))
        if self.current is None:
            self.relay.take_over(None)
            self.relay.close_connections()
        log_event("the service ended")

    def _finish_without_work(self) -> None:
        """Ends a front that serves nothing, once no task is connected that could change that."""
        if self.current is None and not self.sessions and not self.pending and not self.ending:
            self.ending = True
            self.finished.set()

    def _leased(self, number: int) -> List[Generation]:
        return [generation for generation in self.pending[number][0].leased if generation.number == number]

    async def _abandon_generation(self, session: "Session", generation: Generation, files: bool) -> None:
        log_event("generation %d is withdrawn" % generation.number)
        backend = self._withdraw(generation)
        if backend is not None:
            await backend.drained(SECONDS_TO_DRAIN_A_CANDIDATE)
            self._trials.pop(generation.number, None)
        await generation.stop(SECONDS_TO_END)
        session.leased.remove(generation)
        close(self.pending.pop(generation.number)[2])
        if files:
            record.remove_files(self.directory, generation.specification.get("files"))

    async def session_ended(self, session: "Session") -> None:
        """Rolls back what the task had not finished when its connection closed."""
        self.sessions.discard(session)
        for generation in list(session.leased):
            await self._abandon_generation(session, generation, True)
        if session is self._holder:
            record.remove_record(self.directory)
            await self._end_service(0)
        self._finish_without_work()


class Session:
    """One task's connection."""

    OPERATIONS = ("hello", "start", "state", "canary", "withdraw", "statistics", "switch", "abandon", "stop", "lend")

    def __init__(self, front: Front, writer: asyncio.StreamWriter) -> None:
        self.leased: List[Generation] = []
        self._front = front
        self._writer = writer

    def find(self, number: int) -> Generation:
        for generation in self.leased:
            if generation.number == number:
                return generation
        raise ValueError("no generation %s was started here" % number)

    def send(self, message: Message) -> None:
        if not self._writer.transport.is_closing():
            self._writer.write(json.dumps(message).encode("ascii") + b"\n")

    def hand_out(self, answer: Message, sockets: List[socket.socket], message: Message) -> None:
        """Answers with sockets as ancillary data of the text."""
        text = json.dumps(dict(answer, ok=True, id=message.get("id"))).encode("ascii") + b"\n"
        handles = array.array("i", [each.fileno() for each in sockets])
        with contextlib.closing(self._writer.get_extra_info("socket").dup()) as connection:
            connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)] if sockets else [])

    async def answer(self, line: bytes) -> None:
        known = {}
        try:
            message = json.loads(line.decode("utf-8"))
            known = {"id": message["id"]} if "id" in message else {}
            if message.get("op") not in self.OPERATIONS:
                raise ValueError("unknown operation '%s'" % message.get("op"))
            result = await getattr(self._front, message["op"])(self, message)
            if result is not None:
                self.send(dict(result, ok=True, **known))
        except Exception as error:  # a task's bad request must not end the service
            log_event("%s: %s" % (type(error).__name__, error))
            self.send(dict(known, ok=False, error="%s" % error))


async def converse(front: Front, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    session = Session(front, writer)
    front.sessions.add(session)
    try:
        while True:
            line = await reader.readline()
            if not line:
                break
            await session.answer(line)
    except (OSError, ValueError):
        pass
    finally:
        await front.session_ended(session)
        writer.close()


def _backend(generation: Generation, message: Message) -> Backend:
    """Returns the backend of a started server; the message names the version that its answers are counted under."""
    return Backend("127.0.0.1", generation.port, str(message.get("version") or generation.number), generation.socket)


def _address_of(given: Optional[Message]) -> Optional[Address]:
    return (given["host"], given["port"]) if given else None


def _is_front_of(pid: int, directory: str) -> bool:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as command:
            return os.fsencode(directory) in command.read().split(b"\0")
    except OSError:
        return False


def _is_file(path: str, known: Optional[Tuple[int, int]]) -> bool:
    try:
        found = os.stat(path)
        return (found.st_dev, found.st_ino) == known
    except OSError:
        return False


async def run_front(directory: str, host: str, port: int, follows: bool, ready: Callable[[str], None]) -> None:
    predecessor = succession.Predecessor(directory) if follows else None
    front = Front(directory, host, port, predecessor)
    name = control.NEXT_SOCKET_NAME if follows else control.SOCKET_NAME
    own_name = control.OWN_SOCKET_NAME % os.getpid()
    for path in [name, own_name] + ([] if follows else control.own_sockets(directory)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    mask = os.umask(0o177)
    server = await asyncio.start_unix_server(
        lambda reader, writer: converse(front, reader, writer), path=own_name, limit=control.LONGEST_LINE
    )
    os.umask(mask)
    found = os.stat(own_name)
    front.own_socket = found.st_dev, found.st_ino
    os.link(own_name, name)
    loop = asyncio.get_event_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: asyncio.ensure_future(front.end(5)))
    log_event("front of '%s' on %s port %d, process %d" % (os.path.basename(directory), host, port, os.getpid()))
    ready("ready")
    await front.finished.wait()
    await asyncio.sleep(0.1)  # let the last answers be sent
    server.close()
    for path in (control.NEXT_SOCKET_NAME, control.SOCKET_NAME, own_name):
        if _is_file(path, front.own_socket):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
    for path in (own_name, "bridge.log"):  # asyncio may have removed the first one already (Python 3.13 and later)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    log_event("front ended")


def main(argv: List[str]) -> NoReturn:
    directory, host, port, follows, pipe = argv[1], argv[2], int(argv[3]), argv[4] == "next", int(argv[5])
    os.chdir(directory)
    processes.detach()
    description: List[str] = []

    def ready(text: str) -> None:
        if not description:
            description.append(text)
            os.write(pipe, text.encode("utf-8", "replace"))
            os.close(pipe)

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, enough), hard))
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_front(directory, host, port, follows, ready))
    except (OSError, control.FrontGone, control.FrontRefused) as error:
        log_event("the front ended: %s" % error)
        ready("%s" % error)
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv)
