internal import LinuxSystem

/// The content of NLMSG_ERROR and NLMSG_DONE: an error number, and the kernel's text for it.
package struct Acknowledgement: Hashable, Sendable {
  /// Positive; 0 for success.
  package let errno: Int32
  /// The extended acknowledgement's text (NLMSGERR_ATTR_MSG).
  package let text: String?

  /// Reads `struct nlmsgerr`: the error, the request's header, the request unless it was left out, attributes.
  package init(error payload: RawSpan, flags: UInt16) throws(MalformedMessage) {
    guard let number: Int32 = payload.integer(at: 0) else { throw MalformedMessage("error without a number") }
    errno = 0 &- number
    guard flags & NLM_F_ACK_TLVS != 0, let requestLength: UInt32 = payload.integer(at: 4) else {
      text = nil
      return
    }
    let echoed = flags & NLM_F_CAPPED != 0 ? NLMSG_HDRLEN : Int(requestLength)
    text = try Self.text(in: payload, after: 4 + echoed)
  }

  /// Reads the end of a dump: an error number, attributes.
  package init(done payload: RawSpan, flags: UInt16) throws(MalformedMessage) {
    // Some families end their dumps without an error number.
    errno = 0 &- (payload.integer(at: 0, as: Int32.self) ?? 0)
    text = flags & NLM_F_ACK_TLVS != 0 ? try Self.text(in: payload, after: 4) : nil
  }

  private static func text(in payload: RawSpan, after count: Int) throws(MalformedMessage) -> String? {
    var found: String?
    try payload.forEachAttribute(after: count) { (type, value) throws(MalformedMessage) in
      if type == NLMSGERR_ATTR_MSG { found = value.text }
    }
    return found
  }
}
