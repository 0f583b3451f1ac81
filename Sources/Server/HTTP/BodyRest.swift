import HTTPTypes

/// What may come of a request's body that nobody wants.
///
/// What is short is read and dropped, so that the connection can be used again; for the rest it is closed.
enum BodyRest: Hashable, Sendable {
    case none
    case short
    case long

    /// So many bytes are read for nothing.
    static let most = 64 << 10

    init(_ fields: HTTPFields) {
        guard fields[.transferEncoding] == nil else {
            self = .long
            return
        }
        switch fields[.contentLength].map({ Int($0) ?? .max }) {
        case nil, 0: self = .none
        case let length? where length <= Self.most: self = .short
        default: self = .long
        }
    }
}
