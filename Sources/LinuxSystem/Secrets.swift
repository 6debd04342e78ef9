internal import CLinux

/// Overwrites secrets after they were read.
public enum Secrets {
  /// Fills a part of `bytes`, or all of it, with zeros, even if nothing reads them again. Copies made elsewhere stay.
  public static func erase(_ bytes: inout [UInt8], _ range: Range<Int>? = nil) {
    bytes.withUnsafeMutableBytes { buffer in
      let range = (range ?? 0..<buffer.count).clamped(to: 0..<buffer.count)
      guard let base = buffer.baseAddress, !range.isEmpty else { return }
      hw_erase(base + range.lowerBound, range.count)
    }
  }
}
