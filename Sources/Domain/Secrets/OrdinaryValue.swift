/// Tells values that stand in texts which hold no secret: hiding them would change ordinary words and records
/// everywhere.
enum OrdinaryValue {
    /// Whether `value` is a word, words that `-` or `_` join, a number, all of fewer than ``leastLength`` characters,
    /// or one of the passwords that everybody knows.
    static func matches(_ value: String) -> Bool {
        if wellKnown.contains(value.lowercased()) { return true }
        guard value.unicodeScalars.count < leastLength else { return false }
        return value.unicodeScalars.allSatisfy { ("0"..."9").contains($0) } || isWord(value)
    }

    private static let leastLength = 12

    /// Of one case, but for the first letter.
    private static func isWord(_ value: String) -> Bool {
        let letters = value.unicodeScalars.filter { $0 != "-" && $0 != "_" }
        guard letters.allSatisfy({ $0.properties.isAlphabetic }) else { return false }
        return letters.allSatisfy { !$0.properties.isLowercase }
            || letters.dropFirst().allSatisfy { !$0.properties.isUppercase }
    }

    private static let wellKnown: Set<String> = [
        "administrator", "admin123", "changeme1", "changeme123", "mysecretpassword", "p@ssw0rd", "p@ssword", "passw0rd",
        "password1", "password12", "password123", "password1234", "qwerty123", "secret123", "test1234", "welcome1",
        "welcome123",
    ]
}
