import Domain
import LoopCore
import Testing

/// What is refused of a template before a task begins.
struct PromptTemplateTests {
    private func problems(_ text: String, as kind: PromptKind = .first) -> [PromptError] {
        PromptTemplate(name: "mine.md", text: text).problems(as: kind)
    }

    @Test func everythingThatIsWrongIsSaidAtOnce() {
        #expect(
            problems("{{moon}} {{sun}} {{moon}} {{task}} {{plan") == [
                .unknownVariable("moon", template: "mine.md"), .unknownVariable("sun", template: "mine.md"),
                .unterminatedVariable(template: "mine.md"), .missingVariable(.gate, template: "mine.md"),
            ]
        )
    }

    @Test func aMistypedVariableIsOneMistake() {
        #expect(problems("{{plna}} {{gate}}") == [.unknownVariable("plna", template: "mine.md")])
        let text = PromptError.unknownVariable("plna", template: "mine.md").description
        #expect(text.contains("Did you mean '{{plan}}'?"))
    }

    @Test func blanksBesideANameMeanNothing() throws {
        #expect(problems("{{ plan }} {{\tgate }}").isEmpty)
        #expect(try PromptTemplate(name: "t", text: "{{ plan }}.").render(["plan": "p"]) == "p.")
    }

    @Test(arguments: [
        ("Checks: {{checks}}\nDo not push.", "Checks: \nDo not push."), ("a\n\n{{checks}}\n\nb", "a\n\nb"),
        ("{{checks}}\n\nb", "b"), ("a {{checks}} b", "a  b"),
    ])
    func anEmptyPlaceTakesOnlyItsOwnLineAway(text: String, rendered: String) throws {
        #expect(try PromptTemplate(name: "t", text: text).render(["checks": ""]) == rendered)
    }

    @Test(arguments: [
        (PromptKind.first, "{{gate}}", [PromptVariable.plan]), (.handover, "{{plan}}", [.gate]),
        (.continued, "{{plan}}", [.gate]), (.continued, "{{gate}}", []), (.first, "{{plan}}{{gate}}", []),
    ])
    func withoutWhatTheAgentMustKnowItIsNone(kind: PromptKind, text: String, missing: [PromptVariable]) {
        #expect(problems(text, as: kind) == missing.map { .missingVariable($0, template: "mine.md") })
    }

    @Test func aProblemNamesTheFileAndWhatIsKnown() {
        let text = PromptError.unknownVariable("moon", template: "mine.md").description
        #expect(text.contains("'mine.md'"))
        #expect(text.contains("'moon'"))
        #expect(text.contains("plan, task, iteration, limit, rules, checks, protected, budget, notes, gate"))
        #expect(PromptError.missingVariable(.gate, template: "mine.md").description.contains("'{{gate}}'"))
    }

    @Test(arguments: PromptKind.allCases)
    func ownTemplatesHaveNoProblem(kind: PromptKind) {
        #expect(PromptTemplates()[kind].problems(as: kind).isEmpty)
    }

    @Test(arguments: PromptKind.allCases)
    func aChosenTextTakesThePlaceOfTheOwnOne(kind: PromptKind) throws {
        var texts = PromptTexts()
        texts[kind] = "mine {{gate}}"
        let templates = PromptTemplates(texts)
        for other in PromptKind.allCases {
            let isOwn = templates[other] == PromptTemplates()[other]
            #expect(isOwn == (other != kind))
        }
        #expect(try templates[kind].render(["gate": "g"]) == "mine g")
        #expect(PromptTemplates(nil) == PromptTemplates())
    }
}
