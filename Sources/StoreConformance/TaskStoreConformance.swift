package import Store

/// What every store of tasks must do, whatever it keeps them in.
///
/// Each case gets a place of its own with an empty store. `TaskStoreConformance.cases` are the arguments of one test for
/// each implementation.
package enum TaskStoreConformance {
    package struct Case: Sendable, CustomStringConvertible {
        package let description: String
        private let body: @Sendable (any StorePlace) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (any StorePlace) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// A case that needs one connection with the usual settings.
        init(_ description: String, on body: @escaping @Sendable (StoreBench) async throws -> Void) {
            self.init(description) { place in try await body(StoreBench(place.open(StoreSettings()))) }
        }

        /// Throws where the store does otherwise.
        package func check(_ place: any StorePlace) async throws {
            try await body(place)
        }
    }

    package static var cases: [Case] {
        tasks + orders + listing + dispatch + rescue + daemons + inbox + commands + history + blobs + questions + access
            + upkeep
            + changes + races + contracts
    }
}

/// Where one store is.
package protocol StorePlace: Sendable {
    /// Opens the store once more: what one connection has written the others see.
    func open(_ settings: StoreSettings) async throws -> any TaskStore
}

/// That a store does otherwise than it must.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String
}

/// Throws unless two values are the same.
func expect<Value: Equatable>(
    _ found: Value,
    is expected: Value,
    _ what: String = "",
    file: StaticString = #fileID,
    line: Int = #line
) throws(BrokenPromise) {
    guard found != expected else { return }
    throw BrokenPromise(description: "\(file):\(line): \(what) is \(cut(found)), not \(cut(expected))")
}

/// Values may be lists of a thousand.
private func cut(_ value: some Any) -> String { String("\(value)".prefix(1000)) }

func expect(_ holds: Bool, _ what: String, file: StaticString = #fileID, line: Int = #line) throws(BrokenPromise) {
    guard !holds else { return }
    throw BrokenPromise(description: "\(file):\(line): not so: \(what)")
}

/// Throws unless the call throws this error.
func expect(
    _ error: StoreError,
    file: StaticString = #fileID,
    line: Int = #line,
    _ body: () async throws -> some Any
) async throws {
    do {
        let value = try await body()
        throw BrokenPromise(description: "\(file):\(line): it returned \(value), and did not throw \(error)")
    } catch let found as StoreError {
        try expect(found, is: error, "the error", file: file, line: line)
    }
}

func require<Value>(_ value: Value?, _ what: String, file: StaticString = #fileID, line: Int = #line)
    throws(BrokenPromise) -> Value
{
    guard let value else { throw BrokenPromise(description: "\(file):\(line): there is no \(what)") }
    return value
}
