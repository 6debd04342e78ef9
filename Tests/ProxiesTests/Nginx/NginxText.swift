import Proxies

/// Configurations made of texts.
enum NginxText {
  static func files(_ texts: [String: String]) -> NginxFileTexts { NginxFileTexts(texts.mapValues { Array($0.utf8) }) }

  /// With these texts by path; `/etc/nginx/nginx.conf` is the first that is read.
  static func configuration(_ texts: [String: String]) -> NginxConfiguration {
    NginxConfiguration(in: files(texts))
  }

  static func routing(http: String) -> NginxRouting { routing("events {}\nhttp {\n\(http)\n}\n") }

  static func routing(stream: String) -> NginxRouting { routing("events {}\nstream {\n\(stream)\n}\n") }

  static func routing(_ text: String) -> NginxRouting {
    NginxRouting(configuration(["/etc/nginx/nginx.conf": text]))
  }

  /// `name(argument,argument){…}`, so that a whole tree is seen in one line.
  static func shape(_ directives: [NginxDirective]) -> String {
    directives.map { directive in
      let arguments = directive.arguments.isEmpty ? "" : "(\(directive.arguments.joined(separator: ",")))"
      return directive.name + arguments + (directive.block.map { "{\(shape($0))}" } ?? "")
    }.joined(separator: " ")
  }
}
