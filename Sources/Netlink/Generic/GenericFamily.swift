/// A family of generic netlink. Its name is fixed; its number is assigned when its module is loaded.
package struct GenericFamily: Hashable, Sendable {
  /// `wireguard`
  package let name: String
  /// The type of the family's messages.
  package let id: UInt16
}

extension GenericFamily {
  /// Reads the payload of a CTRL_CMD_NEWFAMILY message; nil if it is another command.
  package init?(parsing payload: RawSpan) throws(MalformedMessage) {
    guard let command: UInt8 = payload.integer(at: 0), payload.byteCount >= GENL_HDRLEN else {
      throw MalformedMessage("generic message of \(payload.byteCount) bytes")
    }
    guard command == CTRL_CMD_NEWFAMILY else { return nil }
    var name: String?
    var id: UInt16?
    try payload.forEachAttribute(after: GENL_HDRLEN) { (type, value) throws(MalformedMessage) in
      switch type {
      case CTRL_ATTR_FAMILY_NAME: name = value.text
      case CTRL_ATTR_FAMILY_ID: id = value.integer(at: 0)
      default: break
      }
    }
    guard let name, let id else { throw MalformedMessage("family without name or number") }
    self.name = name
    self.id = id
  }

  /// The families that the kernel has now.
  ///
  /// All are listed: asking for one by its name would make the kernel load a module of that name, and a module that is
  /// not loaded has no devices.
  static func all(_ sockets: NetworkNamespaceSockets) throws(NetlinkError) -> [GenericFamily] {
    // genl ctrl list
    var request = NetlinkRequest(GENL_ID_CTRL, flags: NLM_F_DUMP)
    request.append(CTRL_CMD_GETFAMILY)
    request.append([1, 0, 0])
    var families: [GenericFamily] = []
    _ = try sockets.ask(.generic, request, isDump: true, operation: "list generic netlink families") {
      (header, payload) throws(MalformedMessage) in
      if header.type == GENL_ID_CTRL, let family = try GenericFamily(parsing: payload) { families.append(family) }
    }
    return families
  }
}
