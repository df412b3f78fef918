/* OpenCL's error codes as text, and failed calls as qn_error. Thread-safe. */
#ifndef QUERN_GPU_CL_CHECK_H
#define QUERN_GPU_CL_CHECK_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include "status.h"

#include <stdbool.h>

/* "CL_OUT_OF_RESOURCES"; "unknown OpenCL error" for a code that the standard does not know. Never NULL. */
const char *cl_error_name(cl_int code);

/* True where code is CL_SUCCESS. Otherwise fills *err with QN_DEVICE "call: CL_NAME (code)" and returns false. */
bool cl_check(cl_int code, const char *call, qn_error *err);

/* A string-valued device or platform property, trimmed; free() it. NULL: the call failed or out of memory. */
char *cl_device_text(cl_device_id device, cl_device_info what);
char *cl_platform_text(cl_platform_id platform, cl_platform_info what);

#endif
