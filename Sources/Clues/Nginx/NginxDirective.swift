/// A line of a configuration file.
public struct NginxPlace: Hashable, Sendable, CustomStringConvertible {
  /// As the process sees it, in its own root.
  public var file: String
  /// From 1.
  public var line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// `/etc/nginx/nginx.conf:22`.
  public var description: String { "\(file):\(line)" }
}

/// One directive: `listen 80;` or `server { … }`.
public struct NginxDirective: Hashable, Sendable {
  public var name: String
  /// Without quotes and escapes. Bytes that are not UTF-8 became U+FFFD.
  public var arguments: [String]
  public var place: NginxPlace
  /// What stands between the braces; nil for a directive that ends with `;`. The Lua code of a `…_by_lua_block` is left out.
  public var block: [NginxDirective]?

  public init(_ name: String, _ arguments: [String] = [], at place: NginxPlace, block: [NginxDirective]? = nil) {
    self.name = name
    self.arguments = arguments
    self.place = place
    self.block = block
  }

  /// The first argument, or nil.
  var value: String? { arguments.first }
}

/// Something in a configuration that could not be read or made sense of.
public struct NginxProblem: Hashable, Sendable, CustomStringConvertible {
  public var place: NginxPlace
  /// In a person's words: `include loop`.
  public var text: String

  public init(_ text: String, at place: NginxPlace) {
    self.text = text
    self.place = place
  }

  public var description: String { "\(place): \(text)" }
}
