import HTTPTypes

/// Finds the endpoint of a request.
struct EndpointTable: Sendable {
    let endpoints: [Endpoint]
    private let byLength: [Int: [(segments: [Substring], endpoint: Endpoint)]]

    init(_ endpoints: [Endpoint]) {
        self.endpoints = endpoints
        // What is named comes before what is a parameter.
        let routes = endpoints.map { (segments: $0.segments, endpoint: $0) }
        byLength = Dictionary(grouping: routes, by: { $0.segments.count })
            .mapValues { $0.sorted { lhs, rhs in lhs.endpoint.parameterCount < rhs.endpoint.parameterCount } }
    }

    /// What is found, with the parameters of its path.
    enum Match: Sendable {
        case found(Endpoint, [String: String])
        /// The address is known, and takes these methods only.
        case otherMethods([HTTPRequest.Method])
        case none
    }

    func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
        // Nothing that is asked for has a name that would need escapes.
        guard path.hasPrefix("/"), !path.contains("%"), !path.contains("//") else { return .none }
        let segments = path.split(separator: "/")
        var methods: [HTTPRequest.Method] = []
        var parameterCount: Int?
        for (pattern, endpoint) in byLength[segments.count] ?? [] {
            guard let parameters = Self.parameters(of: segments, in: pattern) else { continue }
            // A name is not taken for the value of a parameter, whatever is asked of it.
            if let parameterCount, parameterCount < endpoint.parameterCount { break }
            parameterCount = endpoint.parameterCount
            if endpoint.method == method { return .found(endpoint, parameters) }
            methods.append(endpoint.method)
        }
        return methods.isEmpty ? .none : .otherMethods(methods)
    }

    private static func parameters(of segments: [Substring], in pattern: [Substring]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, pattern) {
            if part.hasPrefix("{") {
                parameters[String(part.dropFirst().dropLast())] = String(segment)
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}

/// The parameters of a query.
enum Query {
    /// Reads them, and holds them to what the endpoint takes.
    static func parse(_ text: Substring?, for endpoint: Endpoint) throws -> [String: String] {
        var found: [String: String] = [:]
        for pair in (text ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : "") else {
                throw APIError(400, "malformed_query", "The query cannot be read.")
            }
            guard let parameter = endpoint.query.first(where: { $0.name == name }) else {
                throw APIError(400, "unknown_parameter", "There is no parameter '\(name.prefix(100))'.", field: nil)
            }
            guard found[name] == nil, parameter.allows(value) else {
                throw APIError(
                    400,
                    "malformed_parameter",
                    "The parameter '\(name)' is to be \(parameter.words), once.",
                    field: name
                )
            }
            found[name] = value
        }
        return found
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

extension Endpoint.Parameter {
    func allows(_ value: String) -> Bool {
        switch kind {
        case .integer(let range):
            guard let number = Int(value), "\(number)" == value else { return false }
            return range.contains(number)
        case .text(let limit): return !value.isEmpty && value.utf8.count <= limit && !value.utf8.contains(0)
        case .words(let words):
            return value.split(separator: ",", omittingEmptySubsequences: false)
                .allSatisfy { words.contains(String($0)) }
        }
    }

    var words: String {
        switch kind {
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .text(let limit): "a text of 1 to \(limit) bytes"
        case .words(let words): "of \(words.joined(separator: ", ")), with commas between"
        }
    }
}
