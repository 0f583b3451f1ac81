import Domain
import Foundation
import Testing

@testable import Wire

/// A message as it is kept beside the tests, to be read and written by every later version.
struct Golden: Sendable, CustomTestStringConvertible {
    /// As `ToDaemon-spawnTask-full`.
    let name: String
    /// Without the line end.
    let bytes: [UInt8]

    var testDescription: String { name }
    var isForDaemon: Bool { name.hasPrefix("ToDaemon-") }
    var type: String { String(name.split(separator: "-")[1]) }
    var form: String { String(name.split(separator: "-")[2]) }

    static let all: [Golden] = {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Golden")
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
            .compactMap { file in
                guard let data = try? Data(contentsOf: file), data.last == 0x0A else { return nil }
                return Golden(name: file.deletingPathExtension().lastPathComponent, bytes: Array(data.dropLast()))
            }
    }()

    static func named(_ name: String) throws -> Golden { try #require(all.first { $0.name == name }) }

    /// The message written again.
    func rewritten(_ bytes: [UInt8], style: JSONWriter.Style = .pretty) throws(WireError) -> [UInt8] {
        isForDaemon
            ? try Frame.encode(try Frame.decode(bytes, as: ToDaemon.self), style: style)
            : try Frame.encode(try Frame.decode(bytes, as: ToServer.self), style: style)
    }

    var json: JSONValue {
        get throws { try JSONParser.parse(bytes) }
    }

    /// The error that the message makes when `key` has another value, or none.
    func error(with key: String, _ value: JSONValue?) throws -> WireError? {
        var members = try #require(try json.object).filter { $0.key != key }
        if let value { members.append(JSONMember(key: key, value: value)) }
        do throws(WireError) {
            _ = try rewritten(JSONWriter.bytes(of: .object(members)))
            return nil
        } catch { return error }
    }
}

/// The same random choices in every run.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
