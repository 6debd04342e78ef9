public import Flows

/// Which entries a dump returns. A nil condition matches everything.
///
/// The kernel filters by mark since 2.6, by protocol since 5.8 (`CTA_FILTER`), and by status since 5.15. The rest is
/// filtered here, so the result is always the same.
public struct ConnectionFilter: Sendable, Hashable {
  public enum Family: Sendable, Hashable { case v4, v6 }

  public var family: Family?
  public var transport: Transport?
  /// Matches entries whose mark has exactly `value` in the bits of `mask`.
  public var mark: (value: UInt32, mask: UInt32)? {
    get { markValue.map { ($0, markMask) } }
    set {
      markValue = newValue?.value
      markMask = newValue?.mask ?? .max
    }
  }
  /// Matches entries that have all of these bits.
  public var status: ConnectionStatus
  public var zone: UInt16?

  private var markValue: UInt32?
  private var markMask: UInt32 = .max

  public init(
    family: Family? = nil, transport: Transport? = nil, mark: (value: UInt32, mask: UInt32)? = nil,
    status: ConnectionStatus = [], zone: UInt16? = nil
  ) {
    self.family = family
    self.transport = transport
    self.status = status
    self.zone = zone
    self.mark = mark
  }

  public func matches(_ record: ConnectionRecord) -> Bool {
    if let family, record.original.source.address.isV4 != (family == .v4) { return false }
    if let transport, record.original.transport != transport { return false }
    if let mark, record.mark & mark.mask != mark.value & mark.mask { return false }
    if let zone, record.zone != zone { return false }
    return record.status.isSuperset(of: status)
  }
}

extension ConnectionFilter {
  /// Appends the conditions that the kernel can filter by.
  ///
  /// - Parameter byProtocol: whether to use CTA_FILTER, which needs a family.
  func append(to request: inout NetlinkRequest, byProtocol: Bool) {
    if let mark {
      request.attribute(CTA_MARK, (mark.value & mark.mask).bigEndian)
      request.attribute(CTA_MARK_MASK, mark.mask.bigEndian)
    }
    if !status.isEmpty {
      request.attribute(CTA_STATUS, status.rawValue.bigEndian)
      request.attribute(CTA_STATUS_MASK, status.rawValue.bigEndian)
    }
    guard byProtocol, let transport else { return }
    request.nested(CTA_TUPLE_ORIG) { request in
      request.nested(CTA_TUPLE_PROTO) { $0.attribute(CTA_PROTO_NUM, transport.number) }
    }
    request.nested(CTA_FILTER) { request in
      request.attribute(CTA_FILTER_ORIG_FLAGS, CTA_FILTER_F_CTA_PROTO_NUM)
      request.attribute(CTA_FILTER_REPLY_FLAGS, UInt32(0))
    }
  }
}
