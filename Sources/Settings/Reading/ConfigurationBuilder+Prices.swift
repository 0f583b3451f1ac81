import Domain

/// Prices of models, in tables `[prices."MODEL"]` of the user's file.
extension ConfigurationBuilder {
    mutating func readPrices(_ value: JSONValue, of document: TOMLDocument, as layer: FileLayer) {
        guard layer == .user else {
            return refusePrices(["prices"], of: document, RepositoryAdvice.refused)
        }
        guard let models = value.object else {
            return refusePrices(["prices"], of: document, "it must hold tables, each written as [prices.\"MODEL\"].")
        }
        for model in models { readPrices(of: model, document) }
    }

    private mutating func readPrices(of model: JSONMember, _ document: TOMLDocument) {
        let keys = ["prices", model.key]
        guard let members = model.value.object else {
            return refusePrices(
                keys,
                of: document,
                "it must be a table, written as [prices.\"\(Shown.key(model.key))\"]."
            )
        }
        var prices = TokenPrices()
        var reader = TableReader(PriceKeys.all, keys: keys, document: document, layer: .user)
        reader.read(members, into: &prices)
        problems += reader.problems
        guard reader.problems.isEmpty else { return }
        guard prices.input != nil, prices.output != nil else {
            return refusePrices(keys, of: document, "it needs 'input' and 'output', the dollars for a million tokens.")
        }
        configuration.prices[model.key] = prices
    }

    private mutating func refusePrices(_ keys: [String], of document: TOMLDocument, _ explanation: String) {
        problems.append(
            ConfigurationProblem(
                key: Shown.key(keys.joined(separator: ".")),
                origin: document.origin(of: keys),
                explanation: explanation
            )
        )
    }
}

/// The prices of one model.
enum PriceKeys {
    static let all: [Setting<TokenPrices>] = [
        Setting("input", .dollars(\.input), "Tokens that the model reads, but for those of its cache."),
        Setting("output", .dollars(\.output), "Tokens that the model writes."),
        Setting("cache_read", .dollars(\.cacheRead), "Tokens that it reads from its cache; `input` where not given."),
        Setting("cache_write", .dollars(\.cacheWrite), "Tokens that it puts into its cache; `input` where not given."),
    ]
}
