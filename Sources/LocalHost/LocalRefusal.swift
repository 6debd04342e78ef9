public import LinuxSystem
public import Meter
public import Netlink
public import Questions

/// Why this host does not answer a question, in a sentence for people.
struct LocalRefusal: Refusal, Hashable, Sendable, CustomStringConvertible {
  let code: VantageError.Code
  let description: String

  init(_ code: VantageError.Code, _ description: String) {
    self.code = code
    self.description = description
  }

  var vantageCode: VantageError.Code { code }
}

extension SystemError: Refusal {
  public var vantageCode: VantageError.Code { errno.isDenial ? .denied : .failed }
}

extension MeterError: Refusal {
  public var vantageCode: VantageError.Code {
    switch code {
    case .denied: .denied
    case .unsupported: .unsupported
    case .failed: .failed
    }
  }
}

extension NetlinkError: Refusal {
  public var vantageCode: VantageError.Code {
    switch code {
    case .denied: .denied
    case .unsupported: .unsupported
    default: .failed
    }
  }
}

extension ProcessError: Refusal {
  public var vantageCode: VantageError.Code { code == .denied ? .denied : .failed }
}
