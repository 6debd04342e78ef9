internal import FoundationEssentials
internal import Views

/// Text that programs read: JSON, comma-separated values, a script.
struct Document {
  let text: String

  /// `value` as JSON. What a terminal would act on stands in its strings as `\u` escapes, which mean the same.
  ///
  /// - Parameter isPretty: one value on many lines for a person; else one line.
  init(_ value: some Encodable, isPretty: Bool = true) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
      isPretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    text = String(decoding: try encoder.encode(value), as: UTF8.self).visibleJSON
  }

  /// A script or a text of the program's own, with nothing of anybody else's in it.
  init(script: String) { text = script }

  /// - Parameter values: as `LogsCSV` writes them.
  init(values: String) { text = values }

  /// - Parameter help: what the argument parser says of its commands: help, the version, completions for a shell.
  init(help: String) { text = help }
}
