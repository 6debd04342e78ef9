internal import Flows
internal import Proxies

/// A file of nginx's configuration, or all of them as `nginx -T` prints them: each after a line with its name.
struct NginxConfigurationOutput: PastedOutput {
  let name = "nginx configuration"
  let isOfHost = false
  let signs: [PastedSign] = [
    .twoLines("blocks and directives of nginx") { line in
      let words = PastedWords.split(line)
      guard let first = words.first else { return false }
      if line.hasPrefix("# configuration file ") { return true }
      if line.hasSuffix("{") { return ["server", "http", "stream", "upstream", "location", "events"].contains(first) }
      return line.hasSuffix(";") && ["listen", "server_name", "proxy_pass", "include", "server"].contains(first)
    },
    .fileName { $0.contains("nginx.conf") },
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<RecordedNginxFile>] {
    let title = "# configuration file "
    var files = [
      text.evident(RecordedNginxFile(path: Self.path(text.name), content: []))
    ]
    for line in text.lines {
      if line.text.hasPrefix(title) {
        let path = String(line.text.dropFirst(title.count).prefix { $0 != ":" })
        files.append(text.evident(RecordedNginxFile(path: path, content: []), line: line.number))
      } else {
        files[files.count - 1].value.content += Array(line.text.utf8) + [10]
      }
    }
    return files.filter { !$0.value.content.isEmpty }
  }

  private static func path(_ name: String) -> String {
    name.hasPrefix("/") ? name : "/etc/nginx/\(name.split(separator: "/").last ?? "nginx.conf")"
  }
}
