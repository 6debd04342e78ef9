internal import Flows

/// One kind of output or file that people paste: how it is recognised, and what it says.
///
/// A new one is a file and a line in `PastedOutputs.all`.
protocol PastedOutput: Sendable {
  /// What it says, one by one: a socket, a route, a configuration's text.
  associatedtype Finding: Sendable
  /// As people call it: `conntrack -L`.
  var name: String { get }
  /// What shows that a text is one.
  var signs: [PastedSign] { get }
  /// Whether it says the same wherever on its host it was asked; else it belongs to the place where that was.
  var isOfHost: Bool { get }
  /// What `collect --script` runs for it, at each place or once for the host: POSIX sh that writes below `$folder`, with the
  /// script's functions `into FILE COMMAND…` and `have PROGRAM`, and `"$@"` before what is to run at the place. Nil if the
  /// script does not collect it by itself.
  var script: String? { get }
  /// Whether lines belong to it that nothing shows to be its, blank ones too, until another output begins: those of a
  /// document with a title.
  var hasParagraphs: Bool { get }
  /// Whether each of its lines says something that is found: one that does not is told.
  var isListing: Bool { get }
  /// Whether the command prints it, so that lines are taken for it that show nothing by themselves.
  func isPrinted(by command: PastedCommand) -> Bool
  /// Whether a line is its last one.
  func ends(with text: String) -> Bool

  /// What it says; what cannot be read goes to `notes`.
  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<Finding>]
}

extension PastedOutput {
  var hasParagraphs: Bool { false }
  var isListing: Bool { false }
  func isPrinted(by command: PastedCommand) -> Bool { false }
  func ends(with text: String) -> Bool { false }
}

/// A text that was recognised as an output, and where it comes from.
struct PastedSample: Sendable {
  var part: PastedText.Part
  /// Within the bundle.
  var file: String
  /// Its file's name on the host, if somebody showed one or copied it; else as in the bundle.
  var name: String

  var lines: [PastedText.Line] { part.lines }

  /// The number of the first line that is not empty.
  var firstLine: Int { part.lines.first { !$0.text.isEmpty }?.number ?? 1 }

  /// `value` with its line.
  func evident<Value>(_ value: Value, line: Int? = nil) -> Evident<Value> {
    Evident(value: value, source: EvidenceLine(file: file, line: line ?? firstLine))
  }
}
