/// A family of access log formats: how its lines are recognised and read.
///
/// A new family is a file and a line in `LogFormats.all`.
protocol LogFormat: Sendable {
  /// The names of its formats in documents.
  var names: [LogFormatName] { get }

  /// Whether a line of this family may begin with `byte`, which excludes most lines of other families.
  func mayBegin(with byte: UInt8) -> Bool

  /// Reads what begins at `start` into `record`, which is empty; nil if the line has another format.
  func read(_ line: LineBytes, _ start: Int, _ record: inout LogRecord, with parser: inout LineParser) -> LineKind?
}

/// All formats that are recognised.
public enum LogFormats {
  /// The families in the order in which they are tried.
  static let all: [any LogFormat] = [
    CombinedFormat(), HAProxyFormat(), ProxyManagerFormat(), EnvoyTextFormat(), JSONFormat(), SquidFormat(),
    ErrorLogFormat(), LoadBalancerFormat(), S3Format(), W3CFormat(), ApplicationFormat(), NameServerFormat(),
    LogfmtFormat(),
  ]

  /// The names of all formats in documents.
  public static let names = all.flatMap(\.names)
}

/// The name of a format in documents: `combined`, `haproxy_http`.
public struct LogFormatName: Hashable, Sendable, CustomStringConvertible {
  /// A literal of this program, so that comparing means comparing addresses.
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
  /// A `log_format` that was given, or a format that people often write themselves.
  public static var custom: LogFormatName { LogFormatName("custom") }
}
