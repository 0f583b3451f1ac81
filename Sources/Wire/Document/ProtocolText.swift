/// What `docs/PROTOCOL.md` says beside its tables.
enum ProtocolText {
    static var introduction: String {
        [opening, frames, values, handshake, outbox, commands, fencing, work, reconnecting, versions]
            .joined(separator: "\n\n")
    }

    private static let opening = """
        # The protocol between server and daemons

        This page is generated from the lists of fields in `Sources/Wire`, by which messages are also read and written;
        `UPDATE_SNAPSHOTS=1 swift test --filter ProtocolDocumentTests` writes it anew. Each message is held, in its smallest and its
        fullest form, by a file in `Tests/WireTests/Golden`.

        A server owns tasks and decides who runs them; daemons run them. A daemon opens one WebSocket to the server,
        `/api/v1/daemons/connect`, with its token in the header `Authorization: Bearer`.
        """

    private static let frames = """
        ## Frames

        - Each message is one text frame that holds one JSON object; its field `type` says which message it is.
        - A frame has \(WireLimits.frame) bytes at most, is valid UTF-8, and is nested \(WireLimits.depth) levels deep at most.
        - Fields that a reader does not know are passed over. A key that stands in one object twice is refused.
        - What is optional is left out where there is nothing, and so is what has its default. `null` is read as left out.
        - makima writes keys in their order and no blanks, so the same message is always the same text.
        - A message of a type that the receiver does not know is answered with `unknown`, and nothing happens. One that cannot be
          read is answered with `refused`, which names the field and what is wrong with it.
        """

    private static let values = """
        ## Values

        - There are no fractions, and no number beyond 2^53 - 1: every reader of JSON has every number exactly.
        - *time*: milliseconds since 1970-01-01T00:00:00Z, up to the end of the year 9999. Times are for people and for records; no
          lease depends on one.
        - *milliseconds*: a duration.
        - *microdollars*: millionths of a US dollar.
        - *base64*: RFC 4648, section 4, with padding.
        - *identifier*: 1 to 128 letters, digits, `-`, `_`, `.` and `:`, beginning with a letter or digit.
        - *label*: one line of 1 to \(WireLimits.label) bytes, without control or invisible characters.
        - *text*: without NUL. Sizes are in bytes of UTF-8.
        - *task id*: ten characters of Crockford's base 32. *object id*: git's, 40 or 64 hexadecimal digits. *sha-256*: 64 of them. All in
          lower case.
        - *branch*: as `git check-ref-format` allows it, without `refs/heads/`, a leading `-` or invisible characters.
        - *repository URL*: `https`, `http`, `ssh`, `file` or `user@host:path`; without a password, a leading `-` of the host or the
          path, `..`, or any of git's helpers such as `ext::`. Which of these schemes a daemon follows is its configuration's affair.
        - *absolute path*: without `.` and `..`. *relative path*: also a pattern; without `..` and `.git`, not beginning with `-` or `/`.
        - Words in a list of words are all there are. Where "others may come", a reader takes what it does not know as nothing known.
        """

    private static let handshake = """
        ## Handshake

        1. The daemon sends `hello`: who it is, what it can do, which attempts it holds, and the newest number of its outbox.
        2. The server answers with `welcome`: the version that holds, the number of the session, the last number of the outbox that
           it has taken, and a ruling about each attempt. Or it answers with `refused` and closes.
        3. Both sides compare. What the daemon holds and the server does not know as its own is `fenced`: the daemon stops its agent
           and keeps the files. What the server believes the daemon to hold and `hello` does not name is lost, and the attempt is
           closed; but where its `spawnTask` has no `ack` and no answer yet, that has not arrived, and is sent again. Only `hello`
           tells so: a heartbeat may have been under way before a command came.
        4. The daemon replays its outbox from the number after `lastNumber`. Nothing but heartbeats comes before.
        5. The server sends again, in order, all commands that have no answer.

        A second connection of the same daemon fences the first, which gets `refused` with `fenced` and is closed.
        """

    private static let outbox = """
        ## Numbers and acknowledgements

        All messages about tasks wait in the daemon's outbox, on its disk, before they are sent: `taskOutput`, `taskEvent`,
        `statusChange`, `iterationEnded`, `checkpointPart`, `checkpoint`, `question`, `taskComplete`. Each carries

        - `number`: counts the entries of the outbox from 1, for ever and without gaps;
        - `taskId` and `attempt`;
        - `sequence`: counts the messages of the attempt from 1, without gaps.

        The server takes them in the order of their numbers. The effect of a message and the number as the last one taken are written in
        one transaction; then `ack` says up to which number that has been done, and the daemon drops these. A message whose number was
        taken before has no effect and is acknowledged again. A number that leaves a gap is refused with `outbox_gap`, and the
        connection is closed: after the next `welcome` the daemon replays. So each message takes effect once, in order, however often
        connections break and either side dies.

        A numbered message that cannot be read, or is of an unknown type, is kept by the server, refused, and acknowledged: nothing
        gets stuck behind it. Only where not even its number can be read is the connection closed.

        A `hello` with another `outboxId` tells that the daemon has lost its disk: numbers begin at 1 again, and its old attempts are lost.
        A `lastNumber` in `hello` that is below what the server has taken tells the same, and is refused with `outbox_lost`; \
        an `acknowledgedNumber` above it tells that the server has lost what it had, or never had it, and is refused with \
        `outbox_ahead`. In both cases the daemon stops what it has, keeps its files, and begins a new outbox.

        `hello`, `heartbeat`, `ack` and `commandAnswer` are not numbered: they are made anew whenever they are needed.
        """

    private static let commands = """
        ## Commands

        Every command has an `id`. The daemon writes it to its disk, sends `ack`, carries it out, writes down what came of it, and sends
        `commandAnswer`. A command whose id it has already is not carried out again, and gets the same answer. The server sends a
        command again after each `welcome`, as long as it has no answer. Commands of one task are carried out in their order, and
        so are `mergePart` and `mergeTasks` of one lane; each lane goes on beside all others.

        The parts of work that go before a command (`checkpointPart`, `mergePart`) hold up no commands of other lanes: those come between
        them. After a `welcome` they are sent again as far as the daemon has not sent `ack` for them, nor for the command; after a
        restart of the server, or with a new `outboxId`, all of them.

        Commands about a task are meant for one attempt. A daemon whose attempt is another refuses with `stale_attempt`.
        """

    private static let fencing = """
        ## Attempts, leases and fencing

        Each time that the server gives a task to a daemon, or lets it go on there, the task's **attempt** counts up. Only the server
        counts it, in the write that assigns the task. Of two daemons that believe a task to be theirs, the one with the higher attempt is
        right; the other's messages are acknowledged, so that they leave its outbox, recorded, and have no effect on the task.

        A `heartbeat` every `heartbeatMilliseconds` renews the lease of the session for `leaseMilliseconds`. When it has expired, the
        session is over; the daemon's attempts stay its own for `graceMilliseconds` more, in which it works on and may come back. Then each
        is closed as lost, and the task is given to somebody else. Every heartbeat is answered by an `ack` with its `beat`. The daemon counts
        from when it *sent* the last one that was answered, on a clock that counts suspension, and so knows by itself, and never too late,
        when its attempts are not its own any more. A lease of one session is no other's: a late heartbeat of an earlier one renews nothing.

        Each attempt ends once: by its `taskComplete`, or because the server has closed it as lost; whichever is first holds.
        """

    private static let work = """
        ## Work that travels

        A checkpoint travels as a bundle of git or as a binary patch, with the commit that it builds upon, its size and its SHA-256. Up to
        \(WireLimits.part) bytes stand in the message itself, in base 64. What is larger, up to \(WireLimits.patch) bytes, comes before in
        messages `checkpointPart`, in order: each names the whole by its SHA-256, and says where in it its bytes begin. The receiver
        writes them to a file, and takes the whole when its size and hash are right. A part that was there before is passed over; one
        that leaves a gap is refused.

        Work that is to be merged by a daemon that does not have it comes in the same way, in messages `mergePart`, also where only all of
        the work together is too large for one `mergeTasks`. The daemon finds it by its lane and its SHA-256, and never takes it for work
        that an attempt begins with. A merge whose work has not come whole is refused with `patch`, and nothing of it is done.
        """

    private static let reconnecting = """
        ## Reconnecting

        A connection on which nothing came for three heartbeats is dead: either side closes it. The server sends WebSocket pings at the
        pace of heartbeats, so that a daemon hears something.

        A daemon reconnects by itself: after a second, then twice as long each time, up to a minute, each time multiplied by
        a random factor from 0.5 to 1.5, so that the daemons of a server that comes back do not all come at once. A `welcome` begins
        the count anew. After `refused` with `version` or `not_allowed` it waits the longest time; after `fenced` it does not reconnect,
        and ends: another daemon has its id. While it is cut off it works on.
        """

    private static let versions = """
        ## Versions

        `hello` names the lowest and the highest version that the daemon understands, `welcome` the one that holds. This page is version
        \(ProtocolVersion.highest). Within a version, optional fields and new types of messages may be added; old ones keep their meaning. A field
        that becomes needed, a new word in a closed list, or another meaning is a new version, and is sent only where that holds.
        """
}
