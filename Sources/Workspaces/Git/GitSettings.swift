/// Git configuration as it is passed on and written.
enum GitSettings {
    /// Returns the variables by which git takes settings from its environment.
    static func variables(_ settings: [(String, String)]) -> [String: String] {
        var variables = ["GIT_CONFIG_COUNT": "\(settings.count)"]
        for (index, setting) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(index)"] = setting.0
            variables["GIT_CONFIG_VALUE_\(index)"] = setting.1
        }
        return variables
    }

    /// Returns the text of a configuration file with `settings`, whose keys have one dot.
    static func file(_ settings: [(String, String)]) -> String {
        settings.map { key, value in
            let parts = key.split(separator: ".", maxSplits: 1)
            return "[\(parts[0])]\n\t\(parts.last ?? "") = \(quoted(value))\n"
        }
        .joined()
    }

    private static func quoted(_ value: String) -> String {
        var text = "\""
        for character in value.unicodeScalars {
            switch character {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            default: text.unicodeScalars.append(character)
            }
        }
        return text + "\""
    }
}
