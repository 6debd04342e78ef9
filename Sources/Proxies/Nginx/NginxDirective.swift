public import Programs

/// One directive: `listen 80;` or `server { … }`.
public struct NginxDirective: Hashable, Sendable {
  public var name: String
  /// The arguments, without quotes and escapes. Bytes that are not UTF-8 become U+FFFD.
  public var arguments: [String]
  public var place: ConfigurationLine
  /// The directives between the braces; nil for a directive that ends with `;`. The Lua code of a `…_by_lua_block` is
  /// left out.
  public var block: [NginxDirective]?

  public init(_ name: String, _ arguments: [String] = [], at place: ConfigurationLine, block: [NginxDirective]? = nil) {
    self.name = name
    self.arguments = arguments
    self.place = place
    self.block = block
  }

  /// The first argument, or nil.
  var value: String? { arguments.first }
}
