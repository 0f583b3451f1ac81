import Domain

extension TaskMessage {
    var json: JSONValue {
        .fields([
            ("number", .whole(number)), ("text", .text(text)), ("sentAt", .time(sentAt)),
            ("delivered", .text(receipt?.way.rawValue)), ("deliveredAt", .time(receipt?.at)),
            ("iteration", .whole(receipt?.iteration)), ("answers", .whole(answers)),
        ])
    }
}

extension TaskQuestion {
    var json: JSONValue {
        .fields([
            ("number", .whole(number)), ("question", .text(asked.text)), ("options", .texts(asked.options)),
            ("default", .text(asked.fallback)), ("iteration", .whole(iteration)), ("askedAt", .time(askedAt)),
            ("answer", .text(answer?.text)), ("answeredBy", .text(answer?.source.rawValue)),
            ("answeredAt", .time(answer?.at)), ("permission", permission.map(\.json) ?? .null),
        ])
    }
}

extension PermissionRequest {
    var json: JSONValue {
        .fields([("tool", .text(tool)), ("kind", .text(kind.rawValue)), ("subject", .text(subject))])
    }
}
