internal import Flows

/// One kind of output or file that people paste: how it is recognised, and what can be read from it.
///
/// A new kind is a file and a line in `PastedOutputs.all`.
protocol PastedOutput: Sendable {
  /// What is read from it: a socket, a route, the text of a configuration.
  associatedtype Finding: Sendable
  /// Its name for people: `conntrack -L`.
  var name: String { get }
  /// What shows that a text is of this kind.
  var signs: [PastedSign] { get }
  /// Whether it is the same everywhere on its host; otherwise it belongs to the place where it was taken.
  var isOfHost: Bool { get }
  /// What `collect --script` runs for it, at each place or once for the host: POSIX sh that writes below `$folder`,
  /// with the script's functions `into FILE COMMAND…` and `have PROGRAM`, and with `"$@"` in front of what is to run at
  /// the place. Nil if the script does not collect it.
  var script: String? { get }
  /// Whether it also has all following lines (even blank ones) until another output begins; for documents with a title.
  var hasParagraphs: Bool { get }
  /// Whether every line should have information. A line without any is then reported.
  var isListing: Bool { get }
  /// Whether the command prints this output, so that lines belong to it that don't show it by themselves.
  func isPrinted(by command: PastedCommand) -> Bool
  /// Whether the line is the last one.
  func ends(with text: String) -> Bool
  /// Whether a line that belongs to it can only be the rest of the line before, which was wrapped.
  func isRest(_ text: String) -> Bool

  /// The findings. What can't be read is added to `notes`.
  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<Finding>]
}

extension PastedOutput {
  var hasParagraphs: Bool { false }
  var isListing: Bool { false }
  func isPrinted(by command: PastedCommand) -> Bool { false }
  func ends(with text: String) -> Bool { false }
  func isRest(_ text: String) -> Bool { false }
}

/// A text that was recognised as an output, with its origin.
struct PastedSample: Sendable {
  var part: PastedText.Part
  /// The file's path within the bundle.
  var file: String
  /// The file's name on the host, if somebody printed or copied it; otherwise its name in the bundle.
  var name: String

  var lines: [PastedText.Line] { part.lines }

  /// The number of the first line that is not empty.
  var firstLine: Int { part.lines.first { !$0.text.isEmpty }?.number ?? 1 }

  /// `value` with its line.
  func evident<Value>(_ value: Value, line: Int? = nil) -> Evident<Value> {
    Evident(value: value, source: EvidenceLine(file: file, line: line ?? firstLine))
  }
}
