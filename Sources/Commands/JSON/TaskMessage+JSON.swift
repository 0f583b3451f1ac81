import Domain

extension TaskMessage {
    var json: JSONValue {
        .fields([
            ("number", .whole(number)), ("text", .text(text)), ("sentAt", .time(sentAt)),
            ("delivered", .text(receipt?.way.rawValue)), ("deliveredAt", .time(receipt?.at)),
            ("iteration", .whole(receipt?.iteration)),
        ])
    }
}
