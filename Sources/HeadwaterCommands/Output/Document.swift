internal import FoundationEssentials
internal import Views

/// Text for programs: JSON, comma-separated values, a script.
struct Document {
  let text: String

  /// `value` as JSON. Characters that a terminal would interpret are `\u` escapes in its strings, which mean the same.
  ///
  /// - Parameter isPretty: many lines for people; otherwise one line.
  init(_ value: some Encodable, isPretty: Bool = true) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      isPretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    text = String(decoding: try encoder.encode(value), as: UTF8.self).visibleJSON
  }

  /// A script or a text of this program, without foreign text in it.
  init(script: String) { text = script }

  /// - Parameter values: text from `LogsCSV`.
  init(values: String) { text = values }

  /// - Parameter history: text from `HistoryCSV`.
  init(history: String) { text = history }

  /// - Parameter help: text from the argument parser: help, the version, completions for a shell.
  init(help: String) { text = help }
}
