#include "hw_scan.h"
