/// A family of formats of access logs: how its lines are recognised and read.
///
/// A new one is a file and a line in `LogFormats.all`.
protocol LogFormat: Sendable {
  /// What its lines are called in documents.
  var names: [LogFormatName] { get }

  /// Whether a line of it may begin with `byte`: most lines of others are told apart by that.
  func mayBegin(with byte: UInt8) -> Bool

  /// Reads what begins at `start` into `record`, which is empty; nil if it is nothing of the kind.
  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind?
}

/// All formats that are recognised.
public enum LogFormats {
  /// In the order in which they are tried.
  static let all: [any LogFormat] = [
    CombinedFormat(), HAProxyFormat(), ProxyManagerFormat(), EnvoyTextFormat(), JSONFormat(), SquidFormat(),
    ErrorLogFormat(), LoadBalancerFormat(), S3Format(), W3CFormat(), ApplicationFormat(), NameServerFormat(),
  ]

  /// What their lines are called in documents.
  public static let names = all.flatMap(\.names)
}

/// What the lines of a format are called in documents: `combined`, `haproxy_http`.
public struct LogFormatName: Hashable, Sendable, CustomStringConvertible {
  /// One of the program's own literals, so that it is compared with a look at its place.
  private let text: StaticString

  init(_ text: StaticString) { self.text = text }

  public var description: String { "\(text)" }

  @inline(__always)
  public static func == (one: LogFormatName, other: LogFormatName) -> Bool {
    one.text.utf8Start == other.text.utf8Start || one.hasBytes(of: other)
  }

  private func hasBytes(of other: LogFormatName) -> Bool {
    text.withUTF8Buffer { own in other.text.withUTF8Buffer { own.elementsEqual($0) } }
  }

  public func hash(into hasher: inout Hasher) {
    text.withUTF8Buffer { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension LogFormatName {
  /// A `log_format` that was given, or one that people make for themselves.
  public static var custom: LogFormatName { LogFormatName("custom") }
}
