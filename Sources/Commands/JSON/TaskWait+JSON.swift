import Domain

extension TaskWait {
    var json: JSONValue { .fields(members) }

    /// The members of the wait, in the order in which they are printed.
    var members: [(String, JSONValue)] {
        [
            ("cause", .text(cause.rawValue)), ("role", .text(role.rawValue)), ("until", .time(until)),
            ("stated", .time(stated)), ("since", .time(since)), ("attempt", .whole(attempt)),
            ("agent", .text(agent)),
        ]
    }
}
