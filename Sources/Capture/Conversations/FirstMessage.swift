/// The first message of a connection that only one kind of end sends.
package struct FirstMessage {
  /// The message in words: `it sent a TLS ClientHello`.
  package var name: String
  /// Whether a client sends it; otherwise a server does.
  package var isClients: Bool

  /// Nil unless the packet's payload begins with such a message.
  package init?(_ layer: PacketLayer, _ frame: RawSpan) {
    guard layer.payload.count >= 6 else { return nil }
    let bytes = frame.array(in: layer.payload.lowerBound..<min(layer.payload.upperBound, layer.payload.lowerBound + 24))
    if bytes[0] == 22, bytes[1] == 3 {
      // A record with a handshake message (RFC 8446, section 5.1): 1 is the client's, 2 the server's.
      guard bytes[5] == 1 || bytes[5] == 2 else { return nil }
      isClients = bytes[5] == 1
      name = isClients ? "it sent a TLS ClientHello" : "it was answered with a TLS ServerHello"
    } else if bytes.starts(with: "HTTP/1.".utf8) {
      (name, isClients) = ("it was answered with an HTTP response", false)
    } else if HTTPRequest.begins(bytes[...]) == true {
      (name, isClients) = ("it sent an HTTP request", true)
    } else {
      return nil
    }
  }
}
