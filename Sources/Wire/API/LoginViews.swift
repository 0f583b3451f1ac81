package import Domain

/// A code that lets a browser in.
package struct LoginCodeView: WireRecord {
    package var code = ""
    package var expiresAt = Timestamp(millisecondsSince1970: 0)

    package init() {}

    package static let recordName = "loginCode"
    package static let meaning = "A code that lets a browser in, once."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("code", &code, .identifier, "For `login`, and for the address of the dashboard behind `#`.")
        try fields.required("expiresAt", &expiresAt, .time, "It is void from then on.")
    }
}

package struct LoginRequest: WireRecord {
    package var code = ""

    package init() {}

    package static let recordName = "loginRequest"
    package static let meaning = "How a browser asks to be let in."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("code", &code, .identifier, "As `login-codes` has told it.")
    }
}

/// Who asks, as the server knows it.
package struct CallerView: WireRecord {
    package var userId: String?
    package var name = ""
    package var scope = WireScope.viewer

    package init() {}

    package static let recordName = "caller"
    package static let meaning = "Who asks, and what they may."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("userId", &userId, .text(upTo: WireLimits.label), "Of a person.")
        try fields.required("name", &name, .text(upTo: WireLimits.label), "For people.")
        try fields.required("scope", &scope, .word, "The most that the token allows.")
    }
}

/// The checks that a repository itself names, for whoever makes a task in it.
package struct CheckListView: WireRecord {
    package var checks: [WireCheck] = []

    package init() {}

    package static let recordName = "checkList"
    package static let meaning = "The checks that a repository names."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("checks", &checks, .list(.record, upTo: WireLimits.checks), "None where nothing is known.")
    }
}

/// A setting, with where it comes from.
package struct SettingView: WireRecord {
    package var key = ""
    package var value = ""
    package var source: String?

    package init() {}

    package static let recordName = "setting"
    package static let meaning = "A setting of the server's machine."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("key", &key, .text(upTo: WireLimits.sentence), "Its key.")
        try fields.required("value", &value, .text(upTo: WireLimits.message), "As it holds; no secret is told.")
        try fields.optional("source", &source, .text(upTo: WireLimits.path), "Left out where it is built in.")
    }
}

package struct SettingListView: WireRecord {
    package var settings: [SettingView] = []

    package init() {}

    package static let recordName = "settingList"
    package static let meaning = "The settings of the server's machine."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("settings", &settings, .list(.record, upTo: 10_000), "All of them.")
    }
}
