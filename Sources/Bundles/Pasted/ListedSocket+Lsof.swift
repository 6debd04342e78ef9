internal import Flows
public import Programs

extension ListedSocket {
  /// The sockets in an output of `lsof -i` (4.8x to 4.99), with or without `-n -P`.
  public static func lsof(_ lines: [PastedText.Line], services: ServiceNames? = nil) -> [ListedSocket] {
    var result: [ListedSocket] = []
    var places: [Flow: Int] = [:]
    let width = PastedWords.width(lines)
    for record in PastedWords.records(lines, begins: { begins($0.text) }) {
      guard
        var socket = PastedWords.unwrapped(
          record[0].text.hasSuffix(")") ? [record[0]] : record, width: width, key: \ListedSocket.flow,
          { lsof($0, record[0].number, services) })
      else { continue }
      // There is one line for each descriptor and process that hold a socket.
      if socket.isConnected, let known = places[socket.flow] {
        for holder in socket.holders where !result[known].holders.contains(holder) {
          result[known].holders.append(holder)
        }
        continue
      }
      socket.holders = Array(socket.holders.prefix(1))
      if socket.isConnected { places[socket.flow] = result.count }
      result.append(socket)
    }
    return result
  }

  private static func begins(_ text: String) -> Bool {
    let words = PastedWords.split(text)
    return words.count > 3 && (words[0] == "COMMAND" || Int32(words[1]) != nil)
  }

  private static func lsof(_ text: String, _ line: Int, _ services: ServiceNames?) -> ListedSocket? {
    let words = PastedWords.split(text)
    // COMMAND PID [TID TASKCMD] USER FD TYPE DEVICE SIZE/OFF NODE NAME
    guard let type = words.firstIndex(where: { $0 == "IPv4" || $0 == "IPv6" }), type >= 4, type + 4 < words.count,
      let pid = Int32(words[1]), pid > 0, let transport = transport(words[type + 3])
    else { return nil }
    let isV4 = words[type] == "IPv4"
    let ends = words[type + 4].split(separator: "->", maxSplits: 1)
    guard let near = ends.first, var local = PastedWords.endpoint(near, transport, services) else { return nil }
    if isV4, local.address == .anyV6 { local.address = .anyV4 }
    var remote = Endpoint(isV4 ? .anyV4 : .anyV6, 0)
    if let far = ends.dropFirst().first {
      guard let endpoint = PastedWords.endpoint(far, transport, services) else { return nil }
      remote = endpoint
    }
    // A number behind the ends is the rest of a port.
    if let next = words.dropFirst(type + 5).first, PastedWords.number(next) != nil { return nil }
    var state = remote.port == 0 ? "closed" : "established"
    if let last = words.last, last.hasPrefix("("), last.hasSuffix(")") {
      state = self.state(last.dropFirst().dropLast()) ?? state
    }
    var socket = ListedSocket(transport, state: state, local: local, remote: remote, line: line)
    socket.inode = nil
    socket.holders = [Holder(name: unescaped(words[0]), pid: pid, user: String(words[type - 2]))]
    return socket
  }

  /// Resolves `\x20`, as which lsof prints a space in a command's name.
  private static func unescaped(_ text: Substring) -> String { String(text).replacing("\\x20", with: " ") }
}
